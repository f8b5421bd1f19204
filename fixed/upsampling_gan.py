import keras
import numpy as np
from keras import ops
from keras.layers import Input, Dense, Reshape, Flatten
from keras.layers import BatchNormalization
from keras.layers import Activation
from keras.layers import LeakyReLU
from keras.layers import UpSampling2D
from keras.layers import Conv2D

# Load the MNIST dataset
def load_digits():
    (X_train, _), _ = keras.datasets.mnist.load_data()
    return X_train[..., None].astype('float32') / 127.5 - 1  # the range of the generator's tanh

# Define the generator architecture
generator = keras.Sequential([
    Input(shape=[100, ]),
    Dense(7*7*128), Activation('relu'),
    Reshape((7, 7, 128)), UpSampling2D(), Conv2D(64, (5, 5), padding='same'),
    BatchNormalization(), Activation('relu'),
    UpSampling2D(), Conv2D(32, (5, 5), padding='same'), BatchNormalization(),
    Activation('relu'), Conv2D(1, (5, 5), padding='same'), Activation('tanh')
])

# Define the discriminator architecture
discriminator = keras.Sequential([
    Input(shape=[28, 28, 1]),
    Conv2D(32, (5, 5), strides=2, padding='same'), LeakyReLU(negative_slope=0.2),
    Conv2D(64, (5, 5), strides=2, padding='same'), LeakyReLU(negative_slope=0.2),
    Conv2D(128, (5, 5), strides=2, padding='same'), LeakyReLU(negative_slope=0.2),
    Flatten(), Dense(1, activation='sigmoid')
])

# Combine the networks: one step trains both
class GAN(keras.Model):
    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.bce = keras.losses.BinaryCrossentropy()
        self.seed = keras.random.SeedGenerator()

    def call(self, real):
        noise = keras.random.normal((ops.shape(real)[0], 100), seed=self.seed)
        fake = self.generator(noise, training=True)

        # The discriminator phase: real images are 1, synthetic ones are 0
        p_real = self.discriminator(real)
        p_fake = self.discriminator(ops.stop_gradient(fake))
        d_loss = self.bce(ops.ones_like(p_real), p_real) + self.bce(ops.zeros_like(p_fake), p_fake)
        self.add_loss(d_loss)

        # The generator phase: a discriminator that stays as it is should say 1
        frozen = [ops.stop_gradient(w) for w in self.discriminator.trainable_variables]
        state = self.discriminator.non_trainable_variables
        p_fooled, _ = self.discriminator.stateless_call(frozen, state, fake)
        g_loss = self.bce(ops.ones_like(p_fooled), p_fooled)
        self.add_loss(g_loss)

        return {'d_loss': d_loss, 'g_loss': g_loss}

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return y_pred  # shown while it trains

gan = GAN(generator, discriminator)
gan.compile(optimizer=keras.optimizers.Adam(5e-4, beta_1=0.5, use_ema=True))

if __name__ == '__main__':
    # Train the networks
    X_train = load_digits()
    gan.fit(X_train[:16000], batch_size=32, epochs=1)

    # Save a grid of synthetic digits
    images = generator.predict(np.random.normal(size=(100, 100)))
    grid = images.reshape(10, 10, 28, 28).swapaxes(1, 2).reshape(280, 280, 1)
    keras.utils.save_img('digits.png', grid)
