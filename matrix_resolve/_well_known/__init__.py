"""``/.well-known/matrix/server``: fetching the document, classifying the response, and remembering the result."""
