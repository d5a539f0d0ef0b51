# %% gives steps_needed
def collatz(number):
    return 0 if number == 1 else 1 + collatz(number // 2 if number % 2 == 0 else 3 * number + 1)
# %%
steps_needed = {number: collatz(number) for number in (5, 6, 7)}
# %%
for number, steps in steps_needed.items():
    print(number, steps)
