# %% gives second_count
def counter(start):
    total = start

    def add(amount):
        nonlocal total
        total += amount
        return total

    return add
# %%
add = counter(10)
# %% change
first_count = add(5)
# %%
second_count = add(1)
print(first_count, second_count)
