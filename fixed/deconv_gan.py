# Load the MNIST dataset
import numpy as np
from keras.datasets import mnist

def load_digits():
    (X_train, _), _ = mnist.load_data()

    # Normalize pixel values to range [-1, 1], the generator's range
    X_train = X_train.astype('float32') / 127.5 - 1

    # Reshape images to (28, 28, 1)
    return X_train.reshape((-1, 28, 28, 1))

# Define the Generator network
from keras.models import Sequential
from keras.layers import Activation, Input, Dense, Reshape, Flatten
from keras.layers import Conv2D, Conv2DTranspose

generator = Sequential()
generator.add(Input(shape=(100,)))
generator.add(Dense(7*7*128))
generator.add(Activation('relu'))
generator.add(Reshape((7, 7, 128)))
generator.add(Conv2DTranspose(64, (5, 5), strides=(2, 2), padding='same'))
generator.add(Activation('relu'))
generator.add(Conv2DTranspose(1, (5, 5), strides=(2, 2), padding='same'))
generator.add(Activation('tanh'))

# Define the Discriminator network
discriminator = Sequential()
discriminator.add(Input(shape=(28, 28, 1)))
discriminator.add(Conv2D(32, (3, 3), strides=(2, 2)))
discriminator.add(Activation('relu'))
discriminator.add(Conv2D(64, (3, 3), strides=(2, 2)))
discriminator.add(Activation('relu'))
discriminator.add(Flatten())
discriminator.add(Dense(1, activation='sigmoid'))

# Define the GAN: one step trains both networks
import keras
from keras import ops

class GAN(keras.Model):
    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.bce = keras.losses.BinaryCrossentropy()
        self.seed = keras.random.SeedGenerator()

    def call(self, real_images):
        # Generate random noise for the Generator
        noise = keras.random.normal((ops.shape(real_images)[0], 100), seed=self.seed)

        # Generate fake images using the Generator
        fake_images = self.generator(noise)

        # Train the Discriminator with real images
        p_real = self.discriminator(real_images)
        d_loss_real = self.bce(ops.ones_like(p_real), p_real)
        self.add_loss(d_loss_real)

        # Train the Discriminator with fake images, and not the Generator that made them
        p_fake = self.discriminator(ops.stop_gradient(fake_images))
        d_loss_fake = self.bce(ops.zeros_like(p_fake), p_fake)
        self.add_loss(d_loss_fake)

        # Train the Generator to make a Discriminator that stays as it is say 1
        frozen = [ops.stop_gradient(w) for w in self.discriminator.trainable_variables]
        state = self.discriminator.non_trainable_variables
        p_fooled, _ = self.discriminator.stateless_call(frozen, state, fake_images)
        g_loss = self.bce(ops.ones_like(p_fooled), p_fooled)
        self.add_loss(g_loss)

        return {'D_loss_real': d_loss_real, 'D_loss_fake': d_loss_fake, 'G_loss': g_loss}

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return y_pred  # the losses, shown while it trains

gan = GAN(generator, discriminator)

# Compile the GAN
gan.compile(optimizer=keras.optimizers.Adam(5e-4, beta_1=0.5, use_ema=True))

if __name__ == '__main__':
    # Train the GAN
    X_train = load_digits()
    gan.fit(X_train, batch_size=32, epochs=1)

    # Save a grid of generated digits
    images = generator.predict(np.random.normal(0, 1, (100, 100)))
    grid = images.reshape(10, 10, 28, 28).swapaxes(1, 2).reshape(280, 280, 1)
    keras.utils.save_img('digits.png', grid)
