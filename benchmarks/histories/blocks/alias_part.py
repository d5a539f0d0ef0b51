# %% gives open_tasks
board = {"todo": ["write", "test"], "done": []}
# %%
todo, done = board["todo"], board["done"]
# %% change
done.append(todo.pop(0))
# %%
open_tasks = len(board["todo"])
print(board)
