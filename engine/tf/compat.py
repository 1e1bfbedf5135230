"""``tf.compat.v1`` is ``tf``: what is here has the shape of TensorFlow 1."""

from engine import tf as v1

__all__ = ["v1"]
