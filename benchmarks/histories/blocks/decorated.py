# %% gives logged_calls
import functools

calls = []


def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        calls.append(function.__name__)
        return function(*args)

    return wrapper
# %%
@logged
def area(width, height):
    return width * height
# %%
areas = [area(2, 3), area(4, 5)]
# %%
logged_calls = len(calls)
areas, logged_calls
