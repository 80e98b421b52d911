{% block more %}, and a person's yes before production{% endblock %}
{% block environments %}

me=$(gh api user --jq .id)
environments="repos/$repo/environments"
gh api --silent --method PUT "$environments/staging" || lacks="$lacks staging"
if gh api --silent --method PUT "$environments/production" --input - <<JSON
{ "reviewers": [{ "type": "User", "id": $me }] }
JSON
then
    echo "$repo: environments staging, and production, which waits for your yes"
else
    gh api --silent --method PUT "$environments/production" || lacks="$lacks production"
    gh variable set PRODUCTION --body "by hand"
    echo "$repo: nobody can be asked before production; so CD goes there only when it is started by hand"
fi
{% endblock %}
{% block next %}
echo "Next: their variables and secrets, as deploy/README.md says"
{% endblock %}
