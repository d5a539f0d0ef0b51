# %% gives common
import re
from collections import Counter
# %%
speech = "We choose to go to the moon and do the other things"
# %%
tokens_found = re.findall(r"[a-z]+", speech.lower())
# %%
common = Counter(tokens_found).most_common(2)
common
