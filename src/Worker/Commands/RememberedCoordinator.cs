using System.Text.Json;
using FineWebTorch.Common;
using FineWebTorch.Worker.Rpc;

namespace FineWebTorch.Worker.Commands;

/// <summary>
/// The coordinator that this user's workers have joined by a token: where it is, what its key is known by, and what it gave
/// them to come again. In a file of this user alone, so that <c>worker</c> without an address joins it on every machine
/// that sees the file.
/// </summary>
/// <param name="Coordinator">As <see cref="CoordinatorAddresses.Parse"/> reads it.</param>
/// <param name="Pin">See <see cref="JoinToken.Pin"/>.</param>
/// <param name="Credential">Secret.</param>
/// <param name="TokenHash">Sha256 of the secret of the token that it came for.</param>
internal sealed record RememberedCoordinator(string Coordinator, string? Pin, string Credential, string TokenHash)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    public static string FilePath => Path.Combine(ProgramFolders.Configuration, "coordinator.json");

    public CoordinatorAddresses Addresses => CoordinatorAddresses.Parse(Coordinator, encrypts: true).KnownBy(Pin);

    /// <returns>Null where nothing is remembered, or nothing that can be read.</returns>
    public static RememberedCoordinator? TryRead()
    {
        try
        {
            if (PrivateFile.TryRead(FilePath) is not { } text ||
                JsonSerializer.Deserialize<RememberedCoordinator>(text, Json) is not { Coordinator: not null } read)
                return null;
            return read is { Credential: not null, TokenHash: not null, Addresses: not null } ? read : null;
        }
        catch (Exception unusable) when (unusable is JsonException or FormatException)
        {
            return null;
        }
    }

    /// <exception cref="IOException">There is no room, or no folder, for it.</exception>
    public void Write() => PrivateFile.Write(FilePath, JsonSerializer.SerializeToUtf8Bytes(this, Json));

    /// <summary>No member shows the credential.</summary>
    public override string ToString() => Coordinator;
}
