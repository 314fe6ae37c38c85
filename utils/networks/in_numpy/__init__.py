"""Networks in NumPy alone: forward, backward and training without TensorFlow."""
