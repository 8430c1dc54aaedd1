"""What an atlas is asked and answers: typed JSON documents, and tables of them for people."""
