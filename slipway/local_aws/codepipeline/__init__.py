"""AWS CodePipeline: executes pipelines of type V2, as they were deployed."""
