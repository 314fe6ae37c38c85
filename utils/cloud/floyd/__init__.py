"""floyd.yml, FloydHub's file of jobs, read and checked; knows neither SkyPilot nor bash."""
