"""CloudFormation resource types that MiniStack refuses, and properties that it loses."""
