# %% gives accuracy
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
# %%
X, y = make_classification(n_samples=80, n_features=5, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
# %%
model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5))
model.fit(X_train, y_train)
# %%
accuracy = model.score(X_test, y_test)
print(f"accuracy {accuracy:.3f}")
