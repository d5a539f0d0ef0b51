# %% gives known_words
def learn(word, words={"list": [], "count": 0}):
    words["list"].append(word)
    words["count"] += 1
    return words
# %% change
learn("tree")
# %%
known_words = learn("river")["count"]
learn.__defaults__[0]["list"][-1], known_words
