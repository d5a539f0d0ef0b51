# %% gives farthest
from dataclasses import dataclass, replace


@dataclass
class Point:
    x: float
    y: float = 1.0

    def length(self):
        return (self.x**2 + self.y**2) ** 0.5
# %%
points = [Point(3.0, 4.0), Point(6.0), Point(0.0, 2.5)]
# %%
farthest = max(points, key=Point.length)
farthest
# %%
print(replace(farthest, y=0.0))
