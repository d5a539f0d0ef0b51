# %% gives sounds
class Animal:
    sound = "..."

    def speak(self):
        return f"{type(self).__name__}: {self.sound}"
# %%
class Dog(Animal):
    sound = "woof"


class Puppy(Dog):
    def speak(self):
        return super().speak().upper()
# %%
sounds = [each().speak() for each in (Animal, Dog, Puppy)]
sounds
