# title: Define and run, as in TensorFlow 1
# teaches: First a graph of symbols without a number in it, then a session that feeds it; an if must be part of it.
import numpy as np
import tensorflow as tf

# The graph: nothing is computed here.
x = tf.placeholder(tf.float32, [None, 1], name="x")
t = tf.placeholder(tf.float32, [None, 1], name="t")
w = tf.Variable(tf.zeros([1, 1]), name="w")
b = tf.Variable(tf.zeros([1]), name="b")
y = tf.matmul(x, w) + b
loss = tf.reduce_mean(tf.square(y - t))
step = tf.train.GradientDescentOptimizer(0.3).minimize(loss)

# Python's own if cannot ask a symbol; this one is a node, and decides on every run.
rate = tf.cond(loss > 0.1, lambda: loss * 2.0, lambda: loss / 2.0)

xs = np.linspace(-1, 1, 8).reshape(8, 1)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(6):
        _, now, picked = sess.run([step, loss, rate], feed_dict={x: xs, t: 2 * xs + 1})
        print(f"loss {now:.4f}, cond gave {picked:.4f}")
    print("w, b:", sess.run([w, b]))
