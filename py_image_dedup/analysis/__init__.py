"""One file becomes an ImageRecord. The only room that opens pictures, and only in worker processes."""
