import keras
import numpy as np
from keras import ops
from keras.layers import Activation, BatchNormalization, Conv2D, Dropout, Flatten, GaussianNoise
from keras.layers import Input, MaxPooling2D, Reshape
from keras.layers import Dense
from keras.models import Model, Sequential

# Define the generator network
def build_generator():
    model = Sequential()
    model.add(Input(shape=(100,)))
    model.add(Dense(784))
    model.add(BatchNormalization())
    model.add(Reshape((28, 28, 1)))
    model.add(Conv2D(32, (3, 3)))
    model.add(BatchNormalization())
    model.add(Activation('relu'))
    model.add(MaxPooling2D((2, 2)))
    model.add(Flatten())
    model.add(Dense(256))
    model.add(BatchNormalization())
    model.add(Activation('relu'))
    model.add(Dense(784, activation='tanh'))
    model.add(Reshape((28, 28, 1)))
    return model

# Define the discriminator network
def build_discriminator():
    model = Sequential()
    model.add(Input(shape=(28, 28, 1)))
    model.add(GaussianNoise(1.0))
    model.add(Conv2D(32, (3, 3), activation='relu'))
    model.add(MaxPooling2D((2, 2)))
    model.add(Flatten())
    model.add(Dropout(0.5))
    model.add(Dense(256, activation='relu'))
    model.add(Dropout(0.5))
    model.add(Dense(1, activation='sigmoid'))
    return model

# Build the two networks
generator = build_generator()
discriminator = build_discriminator()

# Define the GAN: one step trains both networks
class GAN(Model):
    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.bce = keras.losses.BinaryCrossentropy()
        self.seed = keras.random.SeedGenerator()

    def call(self, real):
        z = keras.random.normal((ops.shape(real)[0], 100), seed=self.seed)
        fake = self.generator(z, training=True)

        # Train the discriminator: real images are 1, synthetic images are 0
        p_real = self.discriminator(real, training=True)
        p_fake = self.discriminator(ops.stop_gradient(fake), training=True)
        d_loss = self.bce(ops.ones_like(p_real), p_real) + self.bce(ops.zeros_like(p_fake), p_fake)
        self.add_loss(d_loss)

        # Train the generator: a discriminator that stays as it is should say 1
        frozen = [ops.stop_gradient(w) for w in self.discriminator.trainable_variables]
        state = self.discriminator.non_trainable_variables
        p_fooled, _ = self.discriminator.stateless_call(frozen, state, fake, training=True)
        g_loss = self.bce(ops.ones_like(p_fooled), p_fooled)
        self.add_loss(g_loss)

        return {'d_loss': d_loss, 'g_loss': g_loss}

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return y_pred  # shown while it trains

gan = GAN(generator, discriminator)

# Compile the GAN
gan.compile(optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5, use_ema=True))

# Load the MNIST digits
def load_digits():
    (X_train, _), _ = keras.datasets.mnist.load_data()
    return X_train.reshape(-1, 28, 28, 1).astype('float32') / 127.5 - 1  # the range of tanh

if __name__ == '__main__':
    # Train the GAN
    X_train = load_digits()
    gan.fit(X_train, batch_size=32, epochs=2)

    # Save a grid of synthetic digits
    images = generator.predict(np.random.normal(size=(100, 100)))
    grid = images.reshape(10, 10, 28, 28).swapaxes(1, 2).reshape(280, 280, 1)
    keras.utils.save_img('digits.png', grid)
