{% block watchers %}
    cp -R deploy/prometheus deploy/alertmanager deploy/grafana "$next/deploy"
{% endblock %}
