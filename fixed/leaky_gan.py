import numpy as np
from keras.layers import BatchNormalization, Dense, Flatten, Input, LeakyReLU, Reshape
from keras.models import Sequential

# Define the generator model
generator = Sequential()
generator.add(Input(shape=(100,)))
generator.add(Dense(128))
generator.add(BatchNormalization(momentum=0.8))
generator.add(LeakyReLU(0.2))
generator.add(Dense(128))
generator.add(BatchNormalization(momentum=0.8))
generator.add(LeakyReLU(0.2))
generator.add(Dense(784, activation='sigmoid'))
generator.add(Reshape((28, 28)))

# Define the discriminator model
discriminator = Sequential()
discriminator.add(Input(shape=(28, 28)))
discriminator.add(Flatten())
discriminator.add(Dense(128))
discriminator.add(LeakyReLU(0.2))
discriminator.add(Dense(1))

import keras
from keras import ops
from keras.optimizers import Adam
from keras.datasets import mnist

# Load the MNIST dataset
def load_digits():
    (X_train, _), _ = mnist.load_data()

    # Normalize the images
    return X_train.astype('float32') / 255

# Define the loss functions
cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)

def discriminator_loss(real_output, fake_output):
    real_loss = cross_entropy(ops.ones_like(real_output), real_output)
    fake_loss = cross_entropy(ops.zeros_like(fake_output), fake_output)
    return real_loss + fake_loss

def generator_loss(fake_output):
    return cross_entropy(ops.ones_like(fake_output), fake_output)

# Define the GAN
class GAN(keras.Model):
    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.seed = keras.random.SeedGenerator()

    def call(self, real_images):
        # Generate a batch of synthetic images
        noise = keras.random.normal((ops.shape(real_images)[0], 100), seed=self.seed)
        synthetic_images = self.generator(noise, training=True)

        # Train the discriminator to tell them from real images; the generator stays out of this
        real_output = self.discriminator(real_images)
        fake_output = self.discriminator(ops.stop_gradient(synthetic_images))
        d_loss = discriminator_loss(real_output, fake_output)
        self.add_loss(d_loss)

        # Train the generator to fool a discriminator that stays as it is
        frozen = [ops.stop_gradient(w) for w in self.discriminator.trainable_variables]
        state = self.discriminator.non_trainable_variables
        fooled_output, _ = self.discriminator.stateless_call(frozen, state, synthetic_images)
        g_loss = generator_loss(fooled_output)
        self.add_loss(g_loss)

        accuracy = ops.mean(ops.cast(real_output > 0, 'float32'))
        return {'d_loss': d_loss, 'g_loss': g_loss, 'real_accuracy': accuracy}

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return y_pred  # logged while it trains

gan = GAN(generator, discriminator)

# Compile the GAN
steps = 1 if keras.backend.backend() == 'torch' else 10  # made by one call from Python
gan.compile(optimizer=Adam(learning_rate=0.001, beta_1=0.5), steps_per_execution=steps)

if __name__ == '__main__':
    # Train the GAN
    X_train = load_digits()
    gan.fit(X_train, batch_size=100, epochs=20)

    # Evaluate the GAN: look at what it generates
    images = generator.predict(np.random.normal(0, 1, (100, 100)))
    grid = images.reshape(10, 10, 28, 28).swapaxes(1, 2).reshape(280, 280, 1)
    keras.utils.save_img('digits.png', grid)
