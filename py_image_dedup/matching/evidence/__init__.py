"""What is told of a pair: words, a grade, a picture of both."""
