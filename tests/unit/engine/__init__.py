"""What one resolver keeps."""
