"""The task `preview.recolor`: one preview in other colors, for somebody who waits. Stores nothing."""
