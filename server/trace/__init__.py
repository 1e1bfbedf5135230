"""What a run tells: taken in from its child, folded into pages, looked up by the tensor."""
