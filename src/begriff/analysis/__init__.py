"""What concepts tell: pure functions of codes and directions."""
