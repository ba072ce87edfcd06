using System.Net;
using System.Text;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Options;

namespace FineWebTorch.Coordinator.Kubernetes;

/// <summary>
/// What an access folder holds, made before its coordinator is there, so that workers know its key and bring its token from
/// their start.
/// </summary>
/// <param name="Files">By their names in the folder.</param>
internal sealed record AccessBundle(IDictionary<string, byte[]> Files)
{
    private const string JoinName = "join";

    /// <summary>The token that lets workers in.</summary>
    public string Join => Encoding.ASCII.GetString(Files[JoinName]).Trim();

    /// <exception cref="IOException">The folder for temporary files takes none.</exception>
    public static AccessBundle Make(TimeProvider time)
    {
        var folder = Directory.CreateTempSubdirectory("fineweb-access-");
        try
        {
            var access = new AccessFolder(Path.Combine(folder.FullName, "access"));
            RunAccess.Of(
                new AccessOptions { Folder = access.Path }, new IPEndPoint(IPAddress.Any, 0), folder.FullName, time, _ => { });
            return new AccessBundle(
                ((string[])[access.Key, access.Certificate, access.Records, access.Join])
                .ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
