// Syntax that the engine does not know: nothing of this script runs.
document.documentElement.classList.add("started") |> start(%) ?;
