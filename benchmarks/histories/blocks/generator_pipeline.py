# %% gives odd_squares
def squares(limit):
    for number in range(limit):
        yield number * number


stream_of_squares = squares(9)
# %%
odd_squares = [value for value in stream_of_squares if value % 2]
# %%
left_over = list(stream_of_squares)
print(odd_squares, left_over)
