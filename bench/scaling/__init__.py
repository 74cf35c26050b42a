"""A plan in numbers: what so many students need and cost, from unit costs that were measured."""
