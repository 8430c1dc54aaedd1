"""Names of an atlas beside shuffled names and a frozen random decoder under the same pipeline.

BEGRIFF_DATA=... python benchmarks/names.py
"""

from __future__ import annotations

from _common import papers_atlas, table


def main() -> None:
    quality = papers_atlas().info().quality
    rows = []
    for key, label in (
        ("names", "names"),
        ("shuffled_names", "shuffled names"),
        ("frozen_decoder", "frozen random decoder"),
    ):
        q = quality[key]
        rows.append(
            [
                label,
                q["strongest_decile"],
                q["all_active"],
                *(
                    f"{v[0]:.3f} / {v[1]:.3f}"
                    for v in (q["words"], q["second"], q["first"], q["ceiling"])
                ),
            ]
        )
    header = [
        "",
        "strongest decile",
        "all active",
        "words",
        "second encoder",
        "first encoder (not independent)",
        "ceiling",
    ]
    table("Median AUROC of names on held-out items (strongest decile / all active)", header, rows)
    f = quality["dictionary"]
    table(
        "The dictionary beside a frozen random decoder",
        ["", "FVU core", "FVU whole", "L0 core", "L0", "dead", "background"],
        [
            [label, *(d[k] for k in ("fvu_core", "fvu", "l0_core", "l0", "dead", "background"))]
            for label, d in (("learnt", f), ("frozen", f["frozen_decoder"]))
        ],
    )
    table(
        "Shares",
        [
            "unique names",
            "score >= .8",
            "named at all",
            "core strength under names of .8",
            "stability",
            "of random",
            "found again",
        ],
        [
            [
                quality["unique_names"],
                quality["well_named"],
                quality["named"],
                f["mass_well_named"],
                f["stability"],
                f["stability_random"],
                f["found_again"],
            ]
        ],
    )


if __name__ == "__main__":
    main()
