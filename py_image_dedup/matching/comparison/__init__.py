"""What two pictures have to do with each other, judged pixel by pixel once they lie on each other."""
