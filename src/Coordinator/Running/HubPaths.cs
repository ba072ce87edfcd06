using FineWebTorch.Hub;

namespace FineWebTorch.Coordinator.Running;

/// <summary>Paths on the Hugging Face Hub, in the one spelling that <see cref="HubPath"/> writes.</summary>
internal static class HubPaths
{
    public static bool IsHub(string path) => path.StartsWith(HubPath.Scheme, StringComparison.Ordinal);
}
