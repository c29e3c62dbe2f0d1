"""The parts of a pipeline on AWS CodePipeline: artifacts, projects, steps, conditions."""
