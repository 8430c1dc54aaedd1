"""What people do with an atlas beyond reading it: classify, erase, guard."""
