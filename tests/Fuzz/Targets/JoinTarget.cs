using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Fuzz.Engine;
using FineWebTorch.Fuzz.Mutation;
using FineWebTorch.Protos.V1;
using FineWebTorch.Worker.Rpc;
using Google.Protobuf;
using Grpc.Core;

namespace FineWebTorch.Fuzz.Targets;

/// <summary>
/// What lets workers in, on both sides. The first byte says what the rest is: the text of <c>--join</c>, a file that
/// <c>--join @FILE</c> names, the content of a token, to which the right checksum is put, a request to join, a credential
/// that is shown, or a coordinator's answer.
/// </summary>
internal sealed class JoinTarget : FuzzTarget
{
    private const string Prefix = "fwj1_";
    private const int Kinds = 6;

    /// <summary>Shorter ones are found in any text.</summary>
    private const int ShortestSecret = 24;

    private static readonly byte[] Content = [3, .. Enumerable.Range(0, 64).Select(number => (byte)number)];

    private readonly ByteMutator _bytes = new(
        Prefix, JoinToken.SecretPrefix, CredentialSigner.Prefix, "@", "@/dev/null", "=", "-", "_", "\n", "\r\n", "\0", " ",
        "\u202e", "é");

    private readonly ProtobufMutator _requests = new(JoinRequest.Descriptor);
    private readonly ProtobufMutator _answers = new(JoinAnswer.Descriptor);
    private readonly JoinTokens _tokens;
    private readonly Secret _secret;
    private readonly Secret _credential;

    public JoinTarget()
    {
        _tokens = new JoinTokens(new AccessFolder(Workshop["access"]), TimeProvider.System);
        _secret = _tokens.First(pin: null).Secret;
        _credential = _tokens.Redeem(_secret);
    }

    public override int MaxLength => 8 << 10;

    public override IEnumerable<byte[]> Seeds =>
    [
        [0, .. Encoding.UTF8.GetBytes(WordOf(Content))],
        [0, .. Encoding.UTF8.GetBytes("@/dev/null")],
        [1, .. Encoding.UTF8.GetBytes(WordOf(Content) + "\n")],
        [2, .. Content],
        [2, 0, .. Content[33..]],
        [3, .. new JoinRequest { Secret = _secret.Reveal() }.ToByteArray()],
        [4, .. Encoding.UTF8.GetBytes(_credential.Reveal())],
        [5, .. new JoinAnswer { Credential = _credential.Reveal() }.ToByteArray()],
    ];

    public override void Run(byte[] input)
    {
        var (kind, rest) = input.Length > 0 ? (input[0] % Kinds, input[1..]) : (0, input);
        var text = Encoding.UTF8.GetString(rest);
        switch (kind)
        {
            // Files are those of this process.
            case 0: Parse(text.Replace('/', '.'), text); break;
            case 1:
                File.WriteAllBytes(Workshop["token"], rest);
                Parse("@" + Workshop["token"], text);
                break;
            case 2: Parse(WordOf(rest), WordOf(rest)); break;
            case 3: Redeem(JoinRequest.Parser.ParseFrom(rest).Secret); break;
            case 4: Show(text); break;
            default: Answer(rest); break;
        }
    }

    // What is no message gRPC refuses.
    public override bool IsRefusal(Exception exception) => exception is FormatException or NotAdmittedException
        or WrongPeerException or InvalidProtocolBufferException or RpcException;

    public override byte[] Mutate(byte[] input, byte[] other, Random random)
    {
        if (input.Length < 2 || random.Next(20) == 0)
            return _bytes.Mutate(input, other, random);
        var lent = other.Length > 0 ? other[1..] : other;
        return [input[0], .. (input[0] % Kinds) switch
        {
            3 => _requests.Mutate(input[1..], lent, random),
            5 => _answers.Mutate(input[1..], lent, random),
            _ => _bytes.Mutate(input[1..], lent, random),
        }];
    }

    /// <param name="secret">What no message may repeat.</param>
    private static void Parse(string option, string secret)
    {
        try
        {
            var token = JoinToken.ParseOption(option);
            if (JoinToken.Parse(token.Write().Reveal()) != token)
                throw new BrokenPromiseException("a token that is written and read is another one");
        }
        catch (FormatException refusal) when (
            secret.Trim() is { Length: >= ShortestSecret } word && word[0] != '@' && refusal.ToString().Contains(word, StringComparison.Ordinal))
        {
            throw new BrokenPromiseException("a token was repeated");
        }
    }

    private void Redeem(string secret)
    {
        if (!_tokens.Redeem(new Secret(secret)).IsNone() && secret != _secret.Reveal())
            throw new BrokenPromiseException("somebody joined by what is no token");
    }

    /// <summary>A credential may be written in more than one way, but not made.</summary>
    private void Show(string credential)
    {
        if (_tokens.FaultOf(new Secret(credential)) is null && !Bytes(credential).SequenceEqual(Bytes(_credential.Reveal())))
            throw new BrokenPromiseException("a credential that was never given out is taken");
    }

    private void Answer(byte[] answer)
    {
        var coordinator = new ScriptedCoordinator([new ScriptStep((byte)Said.Location, answer)], static _ => { });
        var passport = new Passport(token: new JoinToken(Pin: null, _secret));
        var shown = passport.PresentAsync(new Coordination.CoordinationClient(coordinator), default).GetAwaiter().GetResult();
        if (shown.Any(entry => entry.Value.AsSpan().ContainsAnyExceptInRange(' ', '~')))
            throw new BrokenPromiseException("a header that no call can carry");
    }

    private static byte[] Bytes(string credential) =>
        Base64Url.DecodeFromChars(credential.AsSpan(CredentialSigner.Prefix.Length));

    private static string WordOf(byte[] content) => Prefix + Base64Url.EncodeToString(
        [.. content, .. SHA256.HashData([.. Encoding.ASCII.GetBytes(Prefix), .. content])[..4]]);
}
