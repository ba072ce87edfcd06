using FineWebTorch.Cli;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>Paths on the Hugging Face Hub.</summary>
internal static class HubPaths
{
    public static bool IsHub(string path) => path.StartsWith("hf://", StringComparison.Ordinal);

    /// <exception cref="UserErrorException">The path is on the Hub.</exception>
    public static void Refuse(string option, string path)
    {
        if (IsHub(path))
            throw new UserErrorException(
                $"{option} {path}: not supported yet; " + (option == "--input"
                    ? "download the files first ('hf download --repo-type dataset …') and give --input their folder"
                    : "give --output a local folder and upload it afterwards ('hf upload --repo-type dataset …')"));
    }
}
