# %% gives speeds
class Car:
    def __init__(self, speed):
        self.speed = speed

    def __repr__(self):
        return f"Car({self.speed})"


cars = [Car(30), Car(50)]
# %% change
for car in cars:
    car.speed += 5
# %%
speeds = [car.speed for car in cars]
cars
