"""What the run says and the rules read where a program asks for something that only Google Colab gives."""

NOBODY_CHOSE = "nobody is there to choose a file to upload"
NO_SECRET = "nobody is there to give a secret"
