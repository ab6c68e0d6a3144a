[% if notebook %]
# %% [markdown]
# # [= title =]
#
[% else %]
[= title =]

# %% [markdown]
[% endif %]
# Gradient descent fits a line to [= count =] point[= "" if count == 1 else "s" =], with a learning rate of [= learning_rate =]. Every function below
# is the one that ran for the page, so this prints the numbers of the page, and then shows the line as it moves.
# They are the same digit for digit where the page was made and this is run on x86-64 processors with AVX2 or newer; on
# others PyTorch may round in other places, and the first five digits of w, b and the loss are the same.
# You need Python 3.10 or newer, PyTorch and Matplotlib: `python -m pip install torch matplotlib`

# %%
[= imports =]

torch.set_num_threads(1)  # several threads may add in another order, and end in other digits

# %% [markdown]
# ## The points
#
[% if drawn %]
# They are scattered around a line that nobody tells the model.
[% elif withheld %]
# They are not published with the page. Who has them puts them beside this as points.csv: x and y in two columns with a
# comma between them, below a line that names them.
[% else %]
# These were given.
[% endif %]
[% if transformed and target_transformed %]
# Before training, x and y are transformed. The line is learned for the new ones, and taken back at the end; every
# loss is one of the new y.
[% elif target_transformed %]
# Before training, y is transformed. The line is learned for the new y, and taken back at the end; every loss is one of
# the new y.
[% elif transformed %]
# Before training, x is transformed. The line is learned for the new x.
[% endif %]

# %%
[% if points_source %]
[= points_source =]


[% endif %]
[% if drawn %]
x, y = [= draw =]([= drawn =])
[% elif withheld %]
with open("points.csv", newline="", encoding="utf-8-sig") as file:
    rows = [(float(row[0]), float(row[1])) for row in list(csv.reader(file))[1:] if row]
x, y = (torch.tensor(column, dtype=torch.float64) for column in zip(*rows))
[% else %]
x = torch.tensor([
[= xs =]
], dtype=torch.float64)
y = torch.tensor([
[= ys =]
], dtype=torch.float64)
[% endif %]
[% if x_name %]
x_name, y_name = [= x_name =], [= y_name =]
[% endif %]
[% if origin %]
points_from = [= origin =]
print("The points:", points_from)
[% endif %]
[% if drawn and dtype == "float64" %]
x, y = x.double(), y.double()
[% endif %]
[% if transformed %]
x, shift, factor = transform(x, [= transformed =])
[% endif %]
[% if target_transformed %]
y, target_shift, target_factor = transform(y, [= target_transformed =])
[% endif %]
[% if dtype == "float32" and (transformed or target_transformed or not drawn) %]
x, y = x.float(), y.float()  # rounded once, when all that is done to the points is done
[% endif %]

# %% [markdown]
[% if mistake %]
# ## The model
[% else %]
# ## The model, its loss, and the slope of the loss
#
# The chain rule gives the gradient: how the loss changes with each prediction, times how each prediction changes
# with w and with b, summed over the points.
[% endif %]

# %%
[= regression_source =]

# %% [markdown]
[% if mistake %]
# ## Descent, with a mistake in it
#
# The mistake is there on purpose: it ran for the page. A comment marks its line.
[% endif %]
[% if mistake == "flipped-sign" %]
# Write `-=` for `+=` in that line, and the program is right.
[% elif mistake == "broadcast" %]
# Write `x` for `x[:, None]` in that line, and the program is right.
[% elif mistake == "no-zero-grad" %]
# Write `params.grad = None` in its place, and the program is right.
[% else %]
# ## Descent
#
# Compute the loss, compute the gradient, take a step against it, and begin again.
[% if options %]
# This run has settings of its own: [= options | map("first") | join(", ") =].
[% endif %]
[% endif %]

# %%
[= descent_source =]


trajectory = [= descend =](
    x,
    y,
[% if start %]
    start=torch.tensor([= start =], dtype=x.dtype),
[% else %]
    start=drawn_start([= start_seed =]).to(x.dtype),
[% endif %]
    learning_rate=[= learning_rate =],
    epochs=[= epochs =],
[% for name, value in options %]
    [= name =]=[= value =],
[% endfor %]
)

# %% [markdown]
# ## The numbers
#
# Under each epoch stand the loss and the gradient it started from, and the parameters it arrived at.

# %%
if not torch.backends.cpu.get_cpu_capability().startswith("AVX"):
    print("Without AVX2, PyTorch may round in other places than it did for the page: compare the first five digits.")
print(f"{'epoch':>7}  {'loss':<26}{'w, b after the update':<54}gradient")
for epoch in [= table_epochs =]:
    loss = trajectory.losses[epoch - 1].item()
    params = trajectory.params[epoch].tolist()
    gradient = trajectory.gradients[epoch - 1].tolist()
    print(f"{epoch:>7}  {loss!s:<26}{params!s:<54}{gradient}")

w, b = trajectory.params[-1].tolist()
print(f"After {trajectory.epochs_run} epochs: w = {w}, b = {b}, loss = {trajectory.losses[-1].item()}")
[% if x_name %]
weight, bias = w, b
[% if target_transformed %]
weight, bias = weight / target_factor, bias / target_factor + target_shift
[% endif %]
[% if transformed %]
weight = weight * factor
bias = bias - weight * shift
[% endif %]
print(f"{y_name} = {weight} × {x_name} {'-' if bias < 0 else '+'} {abs(bias)}")
[% elif target_transformed %]
[% if transformed %]
weight = w * factor / target_factor
bias = b / target_factor - weight * shift + target_shift
print(f"For x and y as they were given: w = {weight}, b = {bias}")
[% else %]
weight = w / target_factor
bias = b / target_factor + target_shift
print(f"For y as it was given: w = {weight}, b = {bias}")
[% endif %]
[% endif %]

# %% [markdown]
# ## The fit as it moves
#
# One line, moved again and again: every epoch at first, then in longer and longer strides.

# %%
last = trajectory.epochs_run
shown = sorted({0, *(min(last, round(last ** (i / 59))) for i in range(60))})

[% if not notebook %]
plt.ion()
[% endif %]
figure, axes = plt.subplots()
axes.plot(x, y, "o", color="black")
axes.set(xlabel="x", ylabel="[= "new y" if target_transformed else "y" =]", xlim=axes.get_xlim(), ylim=axes.get_ylim())  # stay with the points
[% if x_name %]
axes.set_xlabel([= '"x, transformed: " + ' if transformed =]x_name, parse_math=False)
axes.set_ylabel([= '"y, transformed: " + ' if target_transformed =]y_name, parse_math=False)
[% endif %]
edges = torch.tensor(axes.get_xlim(), dtype=x.dtype)
(line,) = axes.plot([], [], color="#0072b2", linewidth=2)
[% if notebook %]
plt.close(figure)  # or it would be shown a second time, below
screen = display(figure, display_id=True)
[% endif %]

for state in shown:
    w, b = trajectory.params[state]
    line.set_data(edges, model(edges, w, b))
    axes.set_title(f"after {state} epochs: loss {trajectory.losses[state].item():.5g}")
[% if notebook %]
    screen.update(figure)
    time.sleep(0.03)
[% else %]
    figure.canvas.draw_idle()
    figure.canvas.flush_events()
    plt.pause(0.03)

plt.pause(2)  # a last look; then the program ends
[% endif %]
