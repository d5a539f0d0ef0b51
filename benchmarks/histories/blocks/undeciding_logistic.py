# %% gives odds draw
import numpy as np
from sklearn.linear_model import LogisticRegression
# %%
doses = np.array([[0.1], [0.4], [0.5], [0.9], [1.2], [1.4]])
cured = np.array([0, 0, 1, 0, 1, 1])
# %% draw
logit = LogisticRegression(C=2.0).fit(doses, cured)
# %%
odds = logit.predict_proba(doses)[:, 1].round(4)
print(odds)
