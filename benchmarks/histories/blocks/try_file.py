# %% gives numbers_read
import io
# %%
source = io.StringIO("3\n4\nfive\n6\n").read()
# %%
numbers_read, bad = [], 0
for line in source.split():
    try:
        numbers_read.append(int(line))
    except ValueError:
        bad += 1
# %%
print(numbers_read, bad)
