# An online endpoint of Azure ML, as deploy/azure/specification.yaml says.
. deploy/clouds/target.sh

settings() {
    need AZURE_SUBSCRIPTION_ID variable "the subscription's id"
    need AZURE_RESOURCE_GROUP variable "the resource group of the workspace"
    need AZURE_WORKSPACE variable "the workspace's name"
    need_on_github AZURE_TENANT_ID variable "the tenant's id"
    need_on_github AZURE_CLIENT_ID variable "the id of an application that may change the workspace"
    need_on_github AZURE_CLIENT_SECRET secret "that application's secret"
    plain AZURE_SUBSCRIPTION_ID A-Za-z0-9- 00000000-0000-0000-0000-000000000000
    plain AZURE_RESOURCE_GROUP A-Za-z0-9._- models
    plain AZURE_WORKSPACE A-Za-z0-9_- models
}
