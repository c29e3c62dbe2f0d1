"""AWS CodeBuild: runs the commands of a buildspec as processes of this machine."""
