"""What the store on Elasticsearch or OpenSearch is made of: connection, calls, documents, outbox, search."""
