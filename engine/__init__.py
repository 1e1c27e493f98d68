"""The running house: puts the rooms together, wakes the stages, keeps the clocks, reloads and stops.

It may import every room; no room imports it. All work, order and effects live in the store's tables, so that a stage's
handler runs the same under any engine behind ``engine.seam``.
"""
