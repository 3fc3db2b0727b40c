"""The claims of the seed notes: which sentence is which claim, and nothing about its truth.

The notes are a Chinese page on loss functions. Their sentences are quoted as they stand, cut into
single claims and numbered 1 to 43; F1 to F9 are the notes' formulas. Verdicts come from the
chapters only.
"""

from __future__ import annotations

from dataclasses import dataclass

ARTICLES = (
    ("损失函数 (Loss functions)", "https://zhuanlan.zhihu.com/p/377799012"),
    ("Zhihu article 58883095", "https://zhuanlan.zhihu.com/p/58883095"),
    (
        "CSDN article 99293507, by GreatXiang888",
        "https://blog.csdn.net/GreatXiang888/article/details/99293507",
    ),
)


@dataclass(frozen=True)
class SeedClaim:
    """One claim of the notes."""

    number: str  # "1" to "43", "F1" to "F9"
    topic: str  # the notes' heading, as the ledger groups them
    chinese: str  # the notes' own words; for a formula its TeX
    english: str


_CLAIMS = {
    "L1": (
        (
            1,
            "也称为Mean Absolute Error，即平均绝对误差（MAE），它衡量的是预测值与真实值之间距离的"
            "平均误差幅度，作用范围为0到正无穷。",
            "Also called mean absolute error (MAE): it measures the average size of the distance "
            "between prediction and true value, and ranges from 0 to infinity.",
        ),
        (
            2,
            "对离群点（Outliers）或者异常值更具有鲁棒性。",
            "It is more robust to outliers or anomalous values.",
        ),
        (
            3,
            "由图可知其在0点处的导数不连续，使得求解效率低下，导致收敛速度慢；",
            "As the figure shows, its derivative is discontinuous at 0, which makes solving "
            "inefficient and convergence slow.",
        ),
        (
            4,
            "而对于较小的损失值，其梯度也同其他区间损失值的梯度一样大，所以不利于网络的学习。",
            "For small losses its gradient is as large as everywhere else, which is bad for the "
            "learning of a network.",
        ),
    ),
    "L2": (
        (5, "收敛速度快，", "It converges fast."),
        (
            6,
            "能够对梯度给予合适的惩罚权重，而不是“一视同仁”，使梯度更新的方向可以更加精确。",
            "It gives the gradient a fitting penalty weight instead of treating all alike, which "
            "makes the direction of the gradient step more precise.",
        ),
        (
            7,
            "对异常值十分敏感，梯度更新的方向很容易受离群点所主导，不具备鲁棒性。",
            "It is very sensitive to anomalous values: outliers easily dominate the direction of "
            "the gradient step. It is not robust.",
        ),
        (
            8,
            "如果异常值对于实际业务非常重要，我们可以使用MSE作为我们的损失函数；另一方面，"
            "如果异常值仅仅表示损坏的数据，那我们应该选择MAE作为损失函数。",
            "If the anomalous values matter a great deal to the business, we can use MSE as our "
            "loss; if they are merely corrupted data, we should choose MAE.",
        ),
        (
            9,
            "考虑到收敛速度，在大多数的卷积神经网络中（CNN）中，我们通常会选择L2损失。",
            "Because of the speed of convergence, in most convolutional networks (CNN) we usually "
            "choose the L2 loss.",
        ),
        (
            10,
            "当你的业务数据中，存在95%的数据其真实值为1000，而剩下5%的数据其真实值为10时，"
            "如果你使用MAE去训练模型，则训练出来的模型会偏向于将所有输入数据预测成1000，"
            "因为MAE对离群点不敏感，趋向于取中值。",
            "When 95 % of your business data have the true value 1000 and the other 5 % have 10, "
            "a model trained with MAE will tend to predict 1000 for every input, because MAE is "
            "insensitive to outliers and tends to the median.",
        ),
        (
            11,
            "而采用MSE去训练模型时，训练出来的模型会偏向于将大多数的输入数据预测成10，"
            "因为它对离群点异常敏感。",
            "A model trained with MSE will tend to predict 10 for most inputs, because it is "
            "exceedingly sensitive to outliers.",
        ),
        (
            12,
            "因此，大多数情况这两种回归损失函数并不适用，能否有什么办法可以同时利用这两者的优点呢？",
            "So in most cases neither of these two regression losses applies: is there a way to "
            "use the advantages of both at once?",
        ),
        (13, "对于L1范数和L2范数，", "For the L1 norm and the L2 norm (said of the two losses)."),
    ),
    "Cross entropy": (
        (14, "交叉熵。它只是平均信息长度", "Cross entropy. It is just the average code length."),
    ),
    "0-1 loss": (
        (
            15,
            "简单直观，直接衡量预测与实际标签是否一致。",
            "Simple and intuitive: it measures directly whether prediction and label agree.",
        ),
        (
            16,
            "不可微，不适合梯度下降优化，",
            "It is not differentiable and unfit for gradient descent.",
        ),
        (17, "不能提供误差大小的信息。", "It says nothing about the size of the error."),
    ),
    "Entropy": (
        (
            18,
            "量化了系统的不确定性或混乱程度，常用于信息论。",
            "It quantifies the uncertainty or disorder of a system and is common in information "
            "theory.",
        ),
        (
            19,
            "主要用于衡量概率分布的纯度，不能直接用于训练模型。",
            "It mainly measures the purity of a distribution and cannot be used directly to train "
            "a model.",
        ),
    ),
    "Cross-entropy loss": (
        (
            20,
            "对概率分布的微小变化敏感，",
            "It is sensitive to small changes of the probabilities.",
        ),
        (
            21,
            "适合分类问题，尤其是多分类问题。与Softmax结合使用效果很好。",
            "It suits classification, above all with many classes, and works well together with "
            "softmax.",
        ),
        (
            22,
            "在处理类别不平衡问题时表现较差，需要特别处理。",
            "It does poorly on imbalanced classes, which need special treatment.",
        ),
    ),
    "Softmax loss": (
        (
            23,
            "将模型输出转换为概率分布，与交叉熵损失结合使用效果很好，适合多分类问题。",
            "It turns the model's outputs into a distribution, works well together with the "
            "cross-entropy loss and suits many classes.",
        ),
        (24, "对异常值敏感，", "It is sensitive to anomalous values."),
        (
            25,
            "在类别不平衡的情况下性能不佳。",
            "It does poorly when the classes are imbalanced.",
        ),
    ),
    "KL divergence": (
        (
            26,
            "衡量两个概率分布之间的差异，常用于生成模型、变分推断等。",
            "It measures the difference of two distributions and is common in generative models "
            "and variational inference.",
        ),
        (27, "非对称，不是距离度量，", "It is not symmetric and not a metric."),
        (
            28,
            "两个分布差异较大时效果不佳。",
            "It does poorly when the two distributions differ a lot.",
        ),
    ),
    "Hinge loss": (
        (
            29,
            "常用于支持向量机（SVM），鼓励较大的决策边界间隔，适合二分类问题。",
            "Common in support vector machines (SVM): it encourages a large margin and suits two "
            "classes.",
        ),
        (30, "不适合多分类问题，", "It does not suit many classes."),
        (31, "输出需要进行裁剪，", "Its outputs must be clipped."),
        (
            32,
            "且在模型训练初期梯度变化较小。",
            "Early in training its gradient changes little.",
        ),
    ),
    "Exponential loss": (
        (
            33,
            "常用于提升算法（boosting），如AdaBoost，",
            "Common in boosting, for instance in AdaBoost.",
        ),
        (
            34,
            "能显著提升弱分类器的效果。",
            "It improves weak classifiers markedly.",
        ),
        (
            35,
            "对噪声和异常值非常敏感，可能导致过拟合。",
            "It is very sensitive to noise and anomalous values and may overfit.",
        ),
    ),
    "Logistic loss": (
        (
            36,
            "常用于逻辑回归和神经网络，适合二分类问题，",
            "Common in logistic regression and neural networks; it suits two classes.",
        ),
        (
            37,
            "对数函数使得梯度下降平稳。",
            "The logarithm makes gradient descent smooth.",
        ),
        (
            38,
            "在处理类别不平衡问题时表现不佳，",
            "It does poorly on imbalanced classes.",
        ),
        (39, "且可能需要额外的正则化。", "It may need additional regularisation."),
    ),
    "Focal loss": (
        (
            40,
            "设计用于处理类别不平衡问题，通过调整参数 \\(\\alpha\\) 和 \\(\\gamma\\) "
            "使模型更关注难分类样本。",
            "Designed for imbalanced classes: adjusting $\\alpha$ and $\\gamma$ makes the model "
            "attend more to examples that are hard to classify.",
        ),
        (41, "需要调节超参数，", "Its hyperparameters must be tuned."),
        (42, "可能增加计算复杂度。", "It may cost more computation."),
    ),
    "Choosing a loss": (
        (
            43,
            "每种损失函数都有其特定的应用场景和适用条件，选择合适的损失函数对于模型的性能优化"
            "非常关键。",
            "Every loss has its own uses and conditions; choosing the right one is crucial for "
            "the performance of a model.",
        ),
    ),
}

_FORMULAS = (
    (
        "F1",
        r"L(y, \hat{y}) = \begin{cases} 0 & \text{if } y = \hat{y} \\ "
        r"1 & \text{if } y \ne \hat{y} \end{cases}",
        "0-1 loss.",
    ),
    ("F2", r"H(p) = -\sum_{i} p_i \log p_i", "Entropy."),
    ("F3", r"L(y, \hat{y}) = -\sum_{i} y_i \log(\hat{y}_i)", "Cross-entropy loss."),
    (
        "F4",
        r"\hat{y}_i = \frac{e^{z_i}}{\sum_{j} e^{z_j}}, \quad "
        r"L(y, \hat{y}) = -\sum_{i} y_i \log(\hat{y}_i)",
        "Softmax loss, usually together with the cross-entropy loss.",
    ),
    (
        "F5",
        r"D_{KL}(P || Q) = \sum_{i} P(i) \log \frac{P(i)}{Q(i)}",
        "KL divergence.",
    ),
    (
        "F6",
        r"L(y, \hat{y}) = \max(0, 1 - y \cdot \hat{y})",
        r"Hinge loss; $y$ is usually in $\{-1, 1\}$ and $\hat{y}$ is the output of the model.",
    ),
    ("F7", r"L(y, \hat{y}) = e^{-y \cdot \hat{y}}", "Exponential loss."),
    ("F8", r"L(y, \hat{y}) = \log(1 + e^{-y \cdot \hat{y}})", "Logistic loss."),
    (
        "F9",
        r"L(y, \hat{y}) = -\alpha (1 - \hat{y})^\gamma y \log(\hat{y})",
        r"Focal loss; $\alpha$ and $\gamma$ are hyperparameters, $\hat{y}$ is the predicted "
        r"probability and $y$ the true label.",
    ),
)

FORMULAS = "Formulas"
SEED = {
    str(number): SeedClaim(str(number), topic, chinese, english)
    for topic, claims in _CLAIMS.items()
    for number, chinese, english in claims
} | {number: SeedClaim(number, FORMULAS, tex, english) for number, tex, english in _FORMULAS}
TOPICS = (*_CLAIMS, FORMULAS)
