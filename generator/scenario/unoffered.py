"""What people ask for that is not offered here, and why; and what they call the things that are. Tables, no rules.

A refusal says what is not offered, gives one reason that is true of this course, and names what comes nearest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """Something that is not offered. Where a key has one of the ``idle`` values, nothing is asked for by it."""

    what: str
    why: str
    instead: str
    idle: tuple[Any, ...] = (False, 0, "none", "")

    @property
    def fault(self) -> str:
        return f"{self.what} is not offered here"

    @property
    def help(self) -> str:
        return f"{self.why}; {self.instead}"


FEATURES = Refusal(
    "more than one feature",
    "a line has two parameters, w for one feature and b, and its loss is a bowl that can be drawn over both",
    'name one, as in x = "hours"; a scenario for each feature shows them side by side',
)
TARGETS = Refusal(
    "more than one target",
    "a line has one height at each x, and the loss compares it with one y",
    'name one, as in y = "marks"; a scenario for each target shows them side by side',
)
RATES = Refusal(
    "more than one rate in a run",
    "the limit 2/λ₊ and all else that theory says here is about one rate for both",
    "scale = s under [input] makes the rate of w s² times that of b; to compare rates write a scenario for each",
)
LOSS = Refusal(
    "another loss than squared errors",
    "squared errors alone make the bowl on which theory tells every step beforehand",
    'loss = "mean", "sum", "half" or "half_sum"; leave it out for "mean"',
)
PRECISION = Refusal(
    "another number type than float32 and float64",
    "what theory says of rounding and of overflow was tried on these two",
    'leave it out for "float32", in which the loss overflows at 3.4e38',
)
DRAWS = Refusal(
    "another way to draw x",
    "whole numbers and a uniform draw show all that the place and the spread of x do to the bowl",
    'x = "uniform" draws any number from low up to high; with source = "points" or "csv" the x are your own',
)
INTERCEPT = Refusal(
    "a line without an intercept",
    "both parameters, w and b, are what the landscapes show and what the two directions of the bowl are made of",
    "with center = true under [input] and under [target] and a start at b = 0.0, b stays there but for rounding",
    idle=(True, 1),
)

# The names of keys that ask for it, in whatever table.
_REFUSED: tuple[tuple[str, Refusal], ...] = (
    ("fit_intercept intercept has_intercept use_intercept use_bias fit_bias has_bias with_bias", INTERCEPT),
    ("no_intercept no_bias through_origin", Refusal(INTERCEPT.what, INTERCEPT.why, INTERCEPT.instead)),
    (
        "features feature_names predictors inputs columns x_columns x1 x2 x3 degree polynomial "
        "polynomial_degree interactions",
        FEATURES,
    ),
    ("targets outputs y_columns y1 y2", TARGETS),
    ("learning_rate_w learning_rate_b lr_w lr_b rate_w rate_b learning_rates lrs rates param_groups", RATES),
    (
        "optimizer optimiser optim solver algorithm adam adamw rmsprop adagrad lbfgs betas beta1 beta2 eps epsilon "
        "amsgrad rho",
        Refusal(
            "another optimiser than gradient descent",
            "descent with one rate is what this course explains, and what its theory can tell beforehand",
            "momentum = 0.9, decay = 0.01 and batch_size, under [training], are the other steps that a run can make",
            idle=("sgd", "gd", "gradient_descent", "batch_gradient_descent", "none", False),
        ),
    ),
    (
        "nesterov dampening",
        Refusal(
            "Nesterov's or a dampened momentum",
            "the lessons explain one momentum, v ← momentum · v + gradient, as torch.optim.SGD has it by itself",
            "momentum = 0.9, under [training]",
        ),
    ),
    (
        "weight_decay l1 l2 l1_ratio ridge lasso elastic_net elasticnet regularization regularisation regularizer "
        "regulariser reg penalty lambda lam lambda_",
        Refusal(
            "a penalty on the parameters",
            "it moves the bottom of the bowl away from least squares, with which every page compares its run",
            "leave it out; nothing that is offered comes near it",
        ),
    ),
    (
        "schedule scheduler lr_schedule lr_scheduler learning_rate_schedule lr_decay learning_rate_decay decay_rate "
        "decay_steps lr_step gamma milestones warmup warmup_epochs warmup_steps annealing cosine",
        Refusal(
            "another schedule of the rate",
            "the lessons explain one, learning_rate / (1 + decay · epochs gone)",
            "decay = 0.01, under [training], halves the rate in the first 100 epochs",
            idle=("constant", "none", False, 0, ""),
        ),
    ),
    (
        "clip grad_clip clip_grad clip_norm clipnorm clipvalue gradient_clipping gradient_clip max_norm max_grad_norm",
        Refusal(
            "clipping the gradient",
            "a clipped step hides the explosion that the runs of this course are there to show",
            "take a learning rate below the limit 2/λ₊, which the command predict prints",
        ),
    ),
    (
        "validation validation_split val_split val_size test_size test_split train_size train_split split holdout",
        Refusal(
            "holding points back",
            "a run is compared with least squares on the very points that it was trained on",
            "leave it out; every point is trained on",
        ),
    ),
    (
        "patience early_stopping early_stop",
        Refusal(
            "stopping when a validation loss rises",
            "every point is trained on, so none is left to validate with",
            "gradient_norm = 1e-3 or loss_change = 1e-6, under [stop], end a run early",
        ),
    ),
    (
        "model architecture layers hidden hidden_size hidden_units neurons activation dropout batch_norm network",
        Refusal(
            "another model than a straight line",
            "a line's loss is a bowl with one bottom, and all that the pages say rests on that",
            "leave it out; every run learns w · x + b",
            idle=("linear", "line", "linear_regression", "none", False, 0),
        ),
    ),
    (
        "sample_weight sample_weights class_weight weights point_weights",
        Refusal(
            "a weight for each point",
            "in the loss of these pages every point counts alike",
            "a point that stands twice in the data counts twice",
        ),
    ),
    (
        "minmax min_max minmax_scale min_max_scale robust robust_scale log log_x log_y log_transform",
        Refusal(
            "another transformation",
            "the lessons explain three, and how the line is taken back from each",
            "scale = 0.1, center = true or standardize = true, under [input] for x and under [target] for y",
        ),
    ),
    (
        "device cuda gpu use_gpu",
        Refusal(
            "training on another processor",
            "the runs are tiny, and other processors add in another order, which changes their last digits",
            "leave it out",
            idle=("cpu", False, "none"),
        ),
    ),
)
REFUSED = {name: refusal for names, refusal in _REFUSED for name in names.split()}

# What people call a key of ours, by the place of that key.
_CALLED = {
    "training.learning_rate": "lr rate eta alpha step_size stepsize learningrate learn_rate initial_learning_rate "
    "initial_lr lr0 η α",
    "training.epochs": "iterations iteration iters n_iter n_iters num_iter max_iter max_iters num_iterations "
    "n_iterations max_iterations steps n_steps num_steps max_steps n_epochs num_epochs max_epochs epoch nepochs",
    "training.batch_size": "batchsize batch minibatch mini_batch minibatch_size mini_batch_size bs",
    "training.batch_order": "shuffle shuffled shuffle_batches order batch_shuffle",
    "training.start": "init initial initial_params initial_parameters initialization initialisation theta theta0 "
    "start_point starting_point w0_b0 params",
    "training.start.w": "w w0 w_0 start_w w_start w_init init_w initial_w initial_weight slope0",
    "training.start.b": "b b0 b_0 start_b b_start b_init init_b initial_b initial_bias",
    "training.start.seed": "start_seed init_seed",
    "training.loss": "loss_fn loss_function lossfunction criterion objective cost cost_function error_function metric "
    "reduction",
    "training.dtype": "precision float_type number_type",
    "training.momentum": "beta mu momentum_beta",
    "training.mistake": "bug error fault wrong broken",
    "stop.gradient_norm": "gradient_tolerance grad_tol gtol gradient_tol grad_norm",
    "stop.loss_change": "tol tolerance loss_tol loss_tolerance ftol min_delta threshold",
    "input.standardize": "standardise standardized standardised standard_scaler standardscaler zscore z_score "
    "normalize normalise normalized normalised",
    "input.center": "centre centred centered centering centring mean_center demean subtract_mean",
    "input.scale": "factor scaling scale_x x_scale multiply",
    "target.scale": "scale_y y_scale target_scale",
    "target.standardize": "standardize_y y_standardize normalize_y normalise_y",
    "target.center": "center_y y_center centre_y",
    "data.seed": "random_state random_seed rng_seed",
    "data.count": "n n_samples num_samples samples n_points num_points npoints size",
    "data.weight": "slope true_w true_weight",
    "data.bias": "offset true_b true_bias height",
    "data.noise": "sigma std noise_std noise_level stddev",
    "data.low": "min x_min xmin minimum lower",
    "data.high": "max x_max xmax maximum upper",
    "data.source": "type kind",
    "data.x": "xs x_values x_column x_col xcol feature feature_name predictor distribution x_distribution",
    "data.y": "ys y_values y_column y_col ycol response target_column",
    "data.file": "path filename file_name csv csv_file",
    "data.separator": "sep delimiter delim",
    "data.skip": "skiprows skip_rows skip_lines header_lines",
    "data.drop_empty": "dropna drop_na drop_missing",
    "data.x_label": "xlabel x_title x_axis x_axis_label name_x label_x",
    "data.y_label": "ylabel y_title y_axis y_axis_label name_y label_y",
    "data.x_unit": "xunit x_units units_x unit_x",
    "data.y_unit": "yunit y_units units_y unit_y",
    "data.origin": "credit credits citation cite provenance reference attribution licence license data_source from",
    "data.description": "describe about note notes caption",
    "data.publish": "public published private hide anonymous anonymize anonymise",
    "figure.every": "frame_every frames_every stride interval",
    "figure.table_epochs": "epochs_shown shown_epochs rows table",
    "title": "name label heading",
    "expect": "expected expects expectation verdict",
    "input": "transform preprocessing x_transform",
    "target": "output y_transform",
    "stop": "stopping stop_rules",
    "training": "train trainer descent hyperparameters",
    "figure": "plot figures picture",
}
CALLED = {name: place for place, names in _CALLED.items() for name in names.split()}

# What people call a value of ours, by key: ours, and what stands for it.
_MEANT: dict[tuple[str, ...], dict[str, str]] = {
    ("training", "loss"): {
        "mean": "mse mean_squared_error l2 l2_loss squared squared_error quadratic least_squares ols average",
        "sum": "sse rss ssr sum_squared_error sum_of_squares residual_sum_of_squares",
        "half": "half_mean half_mse mse/2 mean/2",
        "half_sum": "half_sse half_rss sse/2 sum/2",
    },
    ("training", "dtype"): {
        "float64": "double f64 fp64 torch.float64 torch.double np.float64",
        "float32": "single float f32 fp32 torch.float32 torch.float np.float32",
    },
    ("training", "batch_order"): {
        "shuffled": "shuffle random randomly",
        "given": "sequential in_order ordered order fixed unshuffled as_given none",
    },
    ("training", "mistake"): {
        "flipped-sign": "sign wrong_sign sign_error ascent gradient_ascent uphill maximize maximise plus",
        "broadcast": "broadcasting shape shapes column unsqueeze",
        "no-zero-grad": "zero_grad accumulate accumulation gradient_accumulation accumulated",
    },
    ("expect",): {
        "converges": "converge converged arrives",
        "crawls": "crawl slow too_slow",
        "bounces": "bounce oscillates oscillate",
        "diverges": "diverge diverged explodes explode exploding overflows",
    },
    ("data", "source"): {
        "synthetic": "random generated made_up",
        "points": "inline list given values",
        "csv": "file table csv_file",
    },
    ("data", "x"): {
        "whole": "int ints integer integers randint discrete",
        "uniform": "real reals float floats rand continuous",
    },
    ("data", "separator"): {
        ";": "semicolon",
        ",": "comma",
        "|": "pipe bar",
        "tab": "tabs",
        "space": "spaces whitespace",
    },
    ("data", "decimal"): {".": "point dot period", ",": "comma"},
}
MEANT = {key: {name: ours for ours, names in meant.items() for name in names.split()} for key, meant in _MEANT.items()}
_PRECISIONS = "float16 half bfloat16 bf16 fp16 f16 torch.float16 torch.half torch.bfloat16 np.float16 float8"
_DISTRIBUTIONS = "normal gaussian gauss randn exponential poisson lognormal linspace arange grid even evenly logspace"
REFUSED_VALUES: dict[tuple[str, ...], dict[str, Refusal]] = {
    ("training", "dtype"): dict.fromkeys(_PRECISIONS.split(), PRECISION),
    ("data", "x"): dict.fromkeys(_DISTRIBUTIONS.split(), DRAWS),
}


def plainly(name: object) -> str:
    """As the tables have it: in small letters, with _ for what else may part words."""
    return str(name).strip().lower().replace("-", "_").replace(" ", "_")
