using k8s.Models;

namespace FineWebTorch.Coordinator.Kubernetes;

/// <summary>Names and labels of what belongs to a run in a cluster.</summary>
/// <param name="Name">Of the run there.</param>
/// <param name="Namespace">Null for that of whoever applies it.</param>
internal sealed record Labels(string Name, string? Namespace)
{
    public const string Worker = "worker";
    public const string Coordinator = "coordinator";

    private const string Instance = "app.kubernetes.io/instance";
    private const string Component = "app.kubernetes.io/component";

    public string Workers => $"{Name}-workers";

    public string Head => $"{Name}-coordinator";

    /// <summary>Secret with what lets workers in.</summary>
    public string Join => $"{Name}-join";

    /// <summary>Secret with the coordinator's key, certificate and tokens.</summary>
    public string Access => $"{Name}-access";

    /// <summary>Secret with the Hub's token.</summary>
    public string Hub => $"{Name}-hub";

    /// <summary>Options of the coordinator as variables, where somebody has made it.</summary>
    public string Variables => $"{Name}-run";

    public V1ObjectMeta Meta(string name, string component) => new()
    {
        Name = name,
        NamespaceProperty = Namespace,
        Labels = Of(component),
    };

    public Dictionary<string, string> Of(string component) => new()
    {
        ["app.kubernetes.io/name"] = "fineweb-torch",
        [Instance] = Name,
        [Component] = component,
    };

    /// <summary>Pods of a component, as lists ask for them.</summary>
    public string Query(string component) => $"{Instance}={Name},{Component}={component}";

    public V1LabelSelector Selector(string component) => new()
    {
        MatchLabels = new Dictionary<string, string> { [Instance] = Name, [Component] = component },
    };
}
