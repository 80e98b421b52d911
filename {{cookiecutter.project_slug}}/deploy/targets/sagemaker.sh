# An endpoint of SageMaker, as deploy/sagemaker/specification.yaml says.
. deploy/clouds/target.sh

settings() {
    need AWS_REGION variable "the region, such as eu-central-1"
    need SAGEMAKER_ROLE variable "the ARN of the role that SageMaker takes on"
    need_on_github AWS_ACCESS_KEY_ID secret "the key of a user who may change SageMaker"
    need_on_github AWS_SECRET_ACCESS_KEY secret "its other half"
    plain AWS_REGION a-z0-9- eu-central-1
    plain SAGEMAKER_ROLE A-Za-z0-9:/_+=,.@- arn:aws:iam::123456789012:role/sagemaker
    export AWS_DEFAULT_REGION="${AWS_REGION:-}"
}
