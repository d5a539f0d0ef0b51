# %% gives queue_sum
queue = [4, 8, 15]
# %%
waiting = queue
# %% change
waiting.append(16)
# %%
queue_sum = sum(queue)
print(queue_sum)
