import keras
import numpy as np
from keras import layers, ops

# Define the generator network
generator = keras.Sequential([
    keras.Input(shape=(100,)),
    layers.Dense(128, activation='relu'),
    layers.Dense(784, activation='tanh')
])

# Define the discriminator network
discriminator = keras.Sequential([
    keras.Input(shape=(784,)),
    layers.Dense(128, activation='relu'),
    layers.Dense(1, activation='sigmoid')
])

# Define the GAN model
class GAN(keras.Model):
    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.bce = keras.losses.BinaryCrossentropy()
        self.seed = keras.random.SeedGenerator()

    def call(self, real):
        z = keras.random.normal((ops.shape(real)[0], 100), seed=self.seed)
        fake = self.generator(z)

        # The discriminator's move: real samples are 1, synthetic ones are 0
        p_real = self.discriminator(real)
        p_fake = self.discriminator(ops.stop_gradient(fake))
        d_loss = self.bce(ops.ones_like(p_real), p_real) + self.bce(ops.zeros_like(p_fake), p_fake)
        self.add_loss(d_loss)

        # The generator's move: a discriminator that stays as it is should say 1
        frozen = [ops.stop_gradient(w) for w in self.discriminator.trainable_variables]
        state = self.discriminator.non_trainable_variables
        p_fooled, _ = self.discriminator.stateless_call(frozen, state, fake)
        g_loss = self.bce(ops.ones_like(p_fooled), p_fooled)
        self.add_loss(g_loss)

        return {'d_loss': d_loss, 'g_loss': g_loss}

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return y_pred  # shown while it trains

gan = GAN(generator, discriminator)

# Compile the GAN model
steps = 1 if keras.backend.backend() == 'torch' else 10  # made by one call from Python
gan.compile(optimizer=keras.optimizers.Adam(1e-3, beta_1=0.5), steps_per_execution=steps)

# Load the MNIST digits, scaled to the generator's range
def load_digits():
    (X_train, _), _ = keras.datasets.mnist.load_data()
    return X_train.reshape(-1, 784).astype('float32') / 127.5 - 1

# Train the GAN
if __name__ == '__main__':
    X_train = load_digits()
    gan.fit(X_train, batch_size=100, epochs=20)

    # Generate a grid of digits
    images = generator.predict(np.random.normal(size=(100, 100)))
    grid = images.reshape(10, 10, 28, 28).swapaxes(1, 2).reshape(280, 280, 1)
    keras.utils.save_img('digits.png', grid)
