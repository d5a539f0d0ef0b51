# %% gives trace
board_rows = [[0] * 3 for _ in range(3)]
# %% change
for x in range(3):
    for y in range(3):
        board_rows[x][y] += x * y + 1
# %%
trace = sum(board_rows[i][i] for i in range(3))
board_rows
